"""Images and labels on disk: files, folder layouts, and the pictures drawn for the demo.

Must know nothing of methods, training or windows.
"""
