"""Results for people, as files that need nothing else: reports, contact sheets, charts."""
