"""A witness for somebody else's Daybook: `daybook serve witness`. It opens no database."""

from pathlib import Path

from services.api.server import Listen, serving
from services.audit.notes.cosigning_key import CosigningKey
from services.audit.witnesses.witness import Witness, read_known_logs
from services.audit.witnesses.witness_app import witness_app
from services.audit.witnesses.witness_key import witness_key
from services.audit.witnesses.witness_state import WitnessState
from services.cancellation import shutdown_requested
from services.cli.console import err, out

DEFAULT = Listen("127.0.0.1", 8481, or_else_any=True)

KEYS_FILE = "verifier-keys"


async def serve_witness(data: Path, name: str, logs_file: Path, listen: str | None) -> None:
    """Cosign heads of the logs that a file names, until somebody ends it."""
    at = Listen.read(listen) if listen else DEFAULT
    logs = read_known_logs(logs_file)
    folder = data / "witness"
    key = CosigningKey(name, witness_key(folder))
    ended = shutdown_requested()
    with WitnessState(folder, key) as state:
        classic, _ = key.verifiers
        keys_file = folder / KEYS_FILE
        keys_file.write_text("".join(f"{each}\n" for each in key.verifiers), encoding="utf-8")
        witness = Witness(key, logs, state, folder / "contradictions")
        async with serving(witness_app(witness), at) as url:
            for line in (
                f"witness     {url}",
                f"its key     {classic}",
                f"            {keys_file} has it, and one of ML-DSA-44: either of them is for the",
                "            policies of those who rely on this witness, not both in one",
                *(f"knows       {origin}" for origin in logs),
            ):
                out.print(line, highlight=False, soft_wrap=True)
            err.print("Serving as witness. Ctrl-C ends it.")
            await ended.wait()
