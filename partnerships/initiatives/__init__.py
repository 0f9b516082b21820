"""What happens in libraries: events, courses, reading groups, story time; their dates and who comes."""
