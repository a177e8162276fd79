"""What steps may use besides models: python functions, retrieval."""
