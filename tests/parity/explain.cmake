# Raw maps of linnet explain against PyTorch's gradients on the same weights.
linnet_parity(explain explain.py arch_run linnet)
set_tests_properties(parity_explain PROPERTIES LABELS parity TIMEOUT 1200 ENVIRONMENT OMP_WAIT_POLICY=passive)
