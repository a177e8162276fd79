"""A language model of a few megabytes with random weights: it makes no sense."""

from __future__ import annotations

from pathlib import Path

WIDTH, LAYERS, HEADS, FEED, WINDOW = 128, 2, 4, 256, 4096
WORDS = (
    "the a of and to in is it you that he was for on are with as his they at be this have from or one had by "
    "word but not what all were we when your can said there use an each which she do how their if will up"
)
TEMPLATE = """\
{%- if tools %}<|im_start|>system
Tools:
<tools>{% for tool in tools %}
{{ tool | tojson }}{% endfor %}
</tools>
For each call of a function answer with a JSON object within <tool_call></tool_call>:
<tool_call>
{"name": <function-name>, "arguments": <args-json-object>}
</tool_call><|im_end|>
{% endif %}
{%- for message in messages %}<|im_start|>{{ message.role }}
{{ message.content or '' }}
{%- for call in message.tool_calls or [] %}
<tool_call>
{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}
</tool_call>{% endfor %}<|im_end|>
{% endfor %}
{%- if add_generation_prompt %}<|im_start|>assistant
{% endif %}"""
CALL_BEGINS = 3
"""The token that begins a call of a tool: a request that favours it gets one."""
NORMAL, UNKNOWN, CONTROL, OURS, BYTE = 1, 2, 3, 4, 6
"""Kinds of tokens, as the file format numbers them."""


def write_model(path: Path, seed: int = 7) -> None:
    """Write the model as a GGUF file: the layout of Llama, weights drawn from ``seed``."""
    import numpy
    from gguf import GGUFWriter

    tokens = _tokens()
    writer = GGUFWriter(path, "llama")
    writer.add_name("tiny random")
    writer.add_context_length(WINDOW)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(FEED)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_tokenizer_model("llama")
    writer.add_token_list([text for text, _ in tokens])
    writer.add_token_scores([0.0 if kind != NORMAL else -float(at) for at, (_, kind) in enumerate(tokens)])
    writer.add_token_types([kind for _, kind in tokens])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_chat_template(TEMPLATE)
    random = numpy.random.default_rng(seed)

    def weights(name: str, *shape: int) -> None:
        writer.add_tensor(name, (random.standard_normal(shape) * 0.2).astype(numpy.float32))

    def ones(name: str) -> None:
        writer.add_tensor(name, numpy.ones(WIDTH, numpy.float32))

    weights("token_embd.weight", len(tokens), WIDTH)
    ones("output_norm.weight")
    weights("output.weight", len(tokens), WIDTH)
    for layer in range(LAYERS):
        ones(f"blk.{layer}.attn_norm.weight")
        ones(f"blk.{layer}.ffn_norm.weight")
        for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
            weights(f"blk.{layer}.{part}.weight", WIDTH, WIDTH)
        weights(f"blk.{layer}.ffn_gate.weight", FEED, WIDTH)
        weights(f"blk.{layer}.ffn_up.weight", FEED, WIDTH)
        weights(f"blk.{layer}.ffn_down.weight", WIDTH, FEED)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _tokens() -> list[tuple[str, int]]:
    """The vocabulary: the special ones, every byte, every printable character, some words."""
    found = [("<unk>", UNKNOWN), ("<s>", CONTROL), ("</s>", CONTROL)]
    found += [("<tool_call>\n", OURS), ("\n</tool_call>", OURS)]
    found += [(f"<0x{byte:02X}>", BYTE) for byte in range(256)]
    found += [(character, NORMAL) for character in "▁" + "".join(map(chr, range(33, 127)))]
    found += [(f"▁{word}", NORMAL) for word in WORDS.split()]
    return list(dict.fromkeys(found))
