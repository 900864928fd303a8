linnet_fuzz(pth model)
