"""What do the processes say? Shows new lines of all logs, each with the name of its process."""

from pathlib import Path

from dev.terminal import line


class Follower:
    def __init__(self, log_dir: Path) -> None:
        self.log_dir = log_dir
        self._seen = {path: path.stat().st_size for path in log_dir.glob("*.log")}

    def show(self) -> None:
        for path in sorted(self.log_dir.glob("*.log")):
            with path.open("rb") as file:
                file.seek(self._seen.get(path, 0))
                text = file.read()
            complete = text[: text.rfind(b"\n") + 1]
            self._seen[path] = self._seen.get(path, 0) + len(complete)
            for said in complete.decode(errors="replace").splitlines():
                line(f"{path.stem:>10} | {said}")
