"""What readers do of their own will: lists of titles, stars and reviews, suggestions of purchases."""
