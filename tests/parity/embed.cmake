# Features and the map of linnet embed against PyTorch and NumPy.
linnet_parity(embed embed.py arch_run linnet)
set_tests_properties(parity_embed PROPERTIES LABELS parity ENVIRONMENT OMP_WAIT_POLICY=passive)
