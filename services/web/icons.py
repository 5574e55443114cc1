"""The icons of pages: lines of 24 by 24, drawn in the color of the text beside them."""

from collections.abc import Mapping

from markupsafe import Markup

_LINES = {
    "arrow-left": '<path d="m14.5 6-6 6 6 6"/>',
    "arrow-right": '<path d="m9.5 6 6 6-6 6"/>',
    "book": '<path d="M5 4h11a3 3 0 0 1 3 3v13H8a3 3 0 0 1-3-3z"/>'
    '<path d="M9 9h6M9 13h6M5 17a3 3 0 0 1 3-3h11"/>',
    "calendar": '<rect x="3.5" y="5" width="17" height="15" rx="2"/>'
    '<path d="M3.5 10h17M8 3v4M16 3v4"/>',
    "check": '<path d="m5 12.5 4.5 4.5L19 7.5"/>',
    "clock": '<circle cx="12" cy="12" r="8.5"/><path d="M12 7.5V12l3 2"/>',
    "cloud": '<path d="M7 18a4 4 0 0 1-.5-8A6 6 0 0 1 18 9.5a4.3 4.3 0 0 1-.5 8.5z"/>',
    "cross": '<path d="M7 7l10 10M17 7 7 17"/>',
    "delete": '<path d="M9 5h12v14H9l-6-7z"/><path d="m12.5 9.5 5 5M17.5 9.5l-5 5"/>',
    "door": '<path d="M6 20V4h9v16M3 20h18M12 12h.01"/>',
    "drop": '<path d="M12 3.5S6 10 6 14a6 6 0 0 0 12 0c0-4-6-10.5-6-10.5z"/>',
    "gauge": '<path d="M4 18a8.5 8.5 0 1 1 16 0"/><path d="m12 14 3.5-4.5"/>',
    "globe": '<circle cx="12" cy="12" r="8.5"/>'
    '<path d="M3.5 12h17M12 3.5c3 3 3 14 0 17M12 3.5c-3 3-3 14 0 17"/>',
    "inbox": '<path d="M4 14v5h16v-5M12 4v10M8 10l4 4 4-4"/>',
    "more": '<path d="M6 12h.01M12 12h.01M18 12h.01"/>',
    "person": '<circle cx="12" cy="8" r="3.5"/><path d="M5 20a7 7 0 0 1 14 0"/>',
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "print": '<path d="M7 9V4h10v5M7 17H4v-7h16v7h-3M7 14h10v6H7z"/>',
    "repeat": '<path d="M4 12a8 8 0 1 1 2.3 5.6"/><path d="M4 19v-5h5"/>',
    "search": '<circle cx="11" cy="11" r="6.5"/><path d="m20 20-4.2-4.2"/>',
    "shield": '<path d="M12 3 5 6v6c0 4 3 7.3 7 9 4-1.7 7-5 7-9V6z"/>'
    '<path d="m9 12 2.2 2.2L15.5 10"/>',
    "undo": '<path d="M9 7H4v5"/><path d="M4.5 12a8 8 0 1 0 2.6-5.4L4 9.5"/>',
    "warning": '<path d="M12 4 2.8 20h18.4z"/><path d="M12 10v4.5M12 17.4v.1"/>',
}

ICONS: Mapping[str, Markup] = {name: Markup(lines) for name, lines in _LINES.items()}  # noqa: S704 - our own
"""The lines of each icon by its name."""
