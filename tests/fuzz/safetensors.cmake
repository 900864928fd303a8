linnet_fuzz(safetensors model)
