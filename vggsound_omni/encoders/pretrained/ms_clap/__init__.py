"""MS-CLAP."""
