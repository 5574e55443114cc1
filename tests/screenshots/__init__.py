"""Pictures of the pages, as they show the demo."""
