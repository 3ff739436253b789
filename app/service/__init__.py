"""The HTTP service: settings, routes, the queue, the worker pool, and what surrounds them."""
