"""Runs as the tasks of Hugging Face: requests and answers in the shapes of its inference task schemas.

Source: the specifications in `packages/tasks/src/tasks` of github.com/huggingface/huggingface.js, which its clients
(`huggingface_hub.InferenceClient`) are made from.
"""
