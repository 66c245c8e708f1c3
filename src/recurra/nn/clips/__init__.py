"""What makes clips of random numbers, and what tells made clips from real ones (MoCoGAN: Tulyakov et al., 2018).

A clip has a content, which stays, and a motion, which goes on: `motion.py` is the recurrence that makes a motion of
noise, `frame_generator.py` makes a frame of content and motion, by the convolutions of `upsampling.py`, with what moves
in a `window.py`. `image_discriminator.py` judges single frames, and `video_discriminator.py` how they follow each
other. Colors are from -1 to 1.
"""
