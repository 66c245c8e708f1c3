"""Sessions: texts that stop and go on from request to request, kept, forked, rewound, and sent elsewhere."""
