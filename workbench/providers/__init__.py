"""The wire to models: openai-compatible servers, embedded models, the simulator."""
