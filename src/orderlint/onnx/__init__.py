"""ONNX front end: structure-only reading and lowering to the layer graph."""
