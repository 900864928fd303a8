/* The layers: a line each, for a file of the same name, with its attributes. A zero attribute is the default,
 * which the table in the file gives.
 */
LN_OP(conv, int out; struct ln_pair kernel, stride, padding, dilation; int groups; bool no_bias;)
LN_OP(linear, int out; bool no_bias;)
LN_OP(relu, )
LN_OP(tanh, )
LN_OP(maxpool, struct ln_pair kernel, stride, padding; bool ceil;)
LN_OP(avgpool, struct ln_pair kernel, stride, padding; bool ceil, exclude_pad;)
LN_OP(adaptive_avgpool, struct ln_pair out;)
LN_OP(lrn, int size; double alpha, beta, k;)
LN_OP(pad_shortcut, int out; struct ln_pair stride;)
LN_OP(batchnorm, double eps, momentum; bool zero_init;)
LN_OP(add, )
LN_OP(concat, )
LN_OP(flatten, )
LN_OP(dropout, double p;)
LN_OP(softmax_xent, double smoothing;)
