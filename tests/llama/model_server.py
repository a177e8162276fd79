"""Serves a model file with llama.cpp until its standard input closes; prints its address first.

python -m tests.llama.model_server MODEL.gguf
"""

from __future__ import annotations

import sys


def main(path: str) -> None:
    """Serve ``path`` at a free port of this machine."""
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = path
    parameters.n_ctx = 4096
    parameters.n_parallel = 2
    parameters.n_predict = 64
    parameters.cpuparams.n_threads = 1
    parameters.cpuparams_batch.n_threads = 1
    parameters.warmup = False
    parameters.use_jinja = True
    parameters.port = 0
    parameters.verbosity = -1
    parameters.embedding = True
    parameters.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
    server = xllamacpp.Server(parameters)
    print(f"\n@@ {server.listening_address}", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1])
