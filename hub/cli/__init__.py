"""The command `hub`: one module a noun, each as thin as its words allow."""
