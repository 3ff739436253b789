"""The HTTP service: settings, routes, queue, tasks and middleware."""
