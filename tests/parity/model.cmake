# Models that the program trained and saved, in PyTorch.
linnet_parity(model model.py linnet)
