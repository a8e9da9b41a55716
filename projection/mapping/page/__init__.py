"""The editor of surfaces as a page for telephones."""
