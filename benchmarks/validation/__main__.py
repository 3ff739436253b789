"""See the package."""

import argparse

from benchmarks import validation
from benchmarks.validation.evidence import measured, read_evidence
from benchmarks.validation.group_tables import contrasts
from benchmarks.validation.pages import PICTURES, pages


def main() -> None:
    parser = argparse.ArgumentParser(description=(validation.__doc__ or "").split("\n")[0])
    parser.add_argument("--text", action="store_true")
    options = parser.parse_args()
    evidence = read_evidence()
    asked = contrasts(measured(evidence.records))
    if not options.text:
        from benchmarks.validation.plots import write_plots  # needs matplotlib, the text does not

        write_plots(evidence, asked, PICTURES)
    for page, text in pages(evidence, asked).items():
        page.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
