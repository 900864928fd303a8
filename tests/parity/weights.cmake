# Weights that PyTorch saved, in every form and type, and what our networks answer with them.
linnet_parity(weights weights.py linnet)
