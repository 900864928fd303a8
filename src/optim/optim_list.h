/* The optimisers: one line for each file of the same name. */
LN_OPTIM(sgd)
LN_OPTIM(nesterov)
LN_OPTIM(adam)
LN_OPTIM(adamw)
LN_OPTIM(rmsprop)
