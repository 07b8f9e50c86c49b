"""Where the caller goes: flows and the engine that walks them, without I/O."""
