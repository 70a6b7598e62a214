"""Speaker embeddings: the sound of one voice as a unit vector; likeness is the cosine.

`base` is what the diarizer and pyannote.audio's pipelines ask of an encoder.  Two are here:
`campplus` (CAM++, Wang et al. 2023; its network in `campplus_network`), the default, and
`ge2e` (d-vectors, Wan et al. 2018), of the classic profile.  The steps of both:

1. mel filter bank energies of 25 ms frames every 10 ms;
2. the network, frame by frame (CAM++) or window by window (GE2E);
3. pooling over the stretch: mean and standard deviation (CAM++), or mean of windows (GE2E);
4. scaling to unit length.
"""
