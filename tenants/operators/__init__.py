"""The operators' console: which companies' data is stale or failing and why, without a single figure of theirs."""
