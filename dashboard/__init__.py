"""What people see and press: boards, desks, the live channel and the composition root."""
