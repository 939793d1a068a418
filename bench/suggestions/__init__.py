"""What a person is offered while they write."""
