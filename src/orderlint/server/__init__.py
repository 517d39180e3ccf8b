"""The language server: findings in an editor, as the text changes."""
