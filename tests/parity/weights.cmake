# Weights that PyTorch saved, in every form and type, and the logits that our networks compute with them.
linnet_parity(weights weights.py linnet)
