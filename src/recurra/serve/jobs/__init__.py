"""Every job over HTTP: answers, in Hugging Face's shapes too, files, samples, explanations and training curves."""
