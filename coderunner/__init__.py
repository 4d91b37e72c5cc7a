"""The Python service of Dataflow: it runs people's code in a jail that the kernel keeps."""
