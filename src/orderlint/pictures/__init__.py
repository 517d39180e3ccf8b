"""Pictures of a layer graph: blocks by module path, repeated ones folded, the paths of findings marked."""
