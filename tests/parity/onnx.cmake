# ONNX files that PyTorch exports, computed by Linnet; files that Linnet exports, checked by ONNX's own checker.
linnet_parity(onnx onnx.py linnet)
# The newest PyTorch, timm, tf2onnx, ONNX Runtime and OpenVINO, in the Python that LINNET_PEERS_PYTHON names; make test-long.
linnet_parity(onnx_peers onnx_peers.py linnet)
linnet_parity(onnx_exports onnx_exports.py linnet)
set_tests_properties(parity_onnx_peers parity_onnx_exports PROPERTIES TIMEOUT 3600)
