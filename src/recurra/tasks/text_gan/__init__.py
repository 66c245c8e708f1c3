"""Lines of text that look like those of a person: a recurrent generator, by likelihood and by a discriminator."""
