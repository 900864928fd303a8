/* ONNX's messages (onnx.proto3, IR version 8) by the field numbers that Linnet reads or writes; the other fields are
 * skipped. LN_NODE_OP is the field op_type of NodeProto, and so on. */
#ifndef LN_ONNX_SCHEMA_H
#define LN_ONNX_SCHEMA_H

enum { LN_ONNX_IR = 8, LN_ONNX_OPSET = 17, LN_ONNX_OPSET_MIN = 13, LN_ONNX_OPSET_MAX = 21 };

enum {
    LN_MODEL_IR_VERSION = 1,
    LN_MODEL_PRODUCER_NAME = 2,
    LN_MODEL_PRODUCER_VERSION = 3,
    LN_MODEL_GRAPH = 7,
    LN_MODEL_OPSET_IMPORT = 8,
    LN_MODEL_METADATA = 14,
};
enum { LN_OPSET_DOMAIN = 1, LN_OPSET_VERSION = 2 };
enum { LN_PAIR_KEY = 1, LN_PAIR_VALUE = 2 };
enum {
    LN_GRAPH_NODE = 1,
    LN_GRAPH_NAME = 2,
    LN_GRAPH_INITIALIZER = 5,
    LN_GRAPH_INPUT = 11,
    LN_GRAPH_OUTPUT = 12
};
enum {
    LN_NODE_INPUT = 1,
    LN_NODE_OUTPUT = 2,
    LN_NODE_NAME = 3,
    LN_NODE_OP = 4,
    LN_NODE_ATTRIBUTE = 5,
    LN_NODE_DOMAIN = 7,
};
enum {
    LN_ATTRIBUTE_NAME = 1,
    LN_ATTRIBUTE_F = 2,
    LN_ATTRIBUTE_I = 3,
    LN_ATTRIBUTE_S = 4,
    LN_ATTRIBUTE_T = 5,
    LN_ATTRIBUTE_INTS = 8,
    LN_ATTRIBUTE_TYPE = 20,
};
enum {
    LN_ATTRIBUTE_IS_FLOAT = 1,
    LN_ATTRIBUTE_IS_INT = 2,
    LN_ATTRIBUTE_IS_STRING = 3,
    LN_ATTRIBUTE_IS_INTS = 7
};
enum {
    LN_TENSOR_DIMS = 1,
    LN_TENSOR_DATA_TYPE = 2,
    LN_TENSOR_FLOAT_DATA = 4,
    LN_TENSOR_INT32_DATA = 5,
    LN_TENSOR_INT64_DATA = 7,
    LN_TENSOR_NAME = 8,
    LN_TENSOR_RAW_DATA = 9,
    LN_TENSOR_DOUBLE_DATA = 10,
    LN_TENSOR_EXTERNAL = 13,
    LN_TENSOR_LOCATION = 14,
};
enum { LN_VALUE_NAME = 1, LN_VALUE_TYPE = 2 };
enum { LN_TYPE_TENSOR = 1 };
enum { LN_TENSOR_TYPE_ELEMENT = 1, LN_TENSOR_TYPE_SHAPE = 2 };
enum { LN_SHAPE_DIM = 1 };
enum { LN_DIM_VALUE = 1, LN_DIM_PARAM = 2 };

/* TensorProto.DataType */
enum {
    LN_ONNX_FLOAT = 1,
    LN_ONNX_UINT8 = 2,
    LN_ONNX_INT8 = 3,
    LN_ONNX_INT16 = 5,
    LN_ONNX_INT32 = 6,
    LN_ONNX_INT64 = 7,
    LN_ONNX_BOOL = 9,
    LN_ONNX_FLOAT16 = 10,
    LN_ONNX_DOUBLE = 11,
    LN_ONNX_BFLOAT16 = 16,
};

#endif
