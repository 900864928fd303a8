/* The end of a file of kernels that began with kernel/parts.h: its names, for the next set of instructions. */
#undef vec
#undef bits
#undef words
#undef halves
#undef load_part
#undef store_part
#undef PARTS
#undef PART
#undef CPART
#undef WHERE
#undef LANES_OF
#undef IN_PARTS
#undef FAMILY
#undef TARGET
#undef LANES
