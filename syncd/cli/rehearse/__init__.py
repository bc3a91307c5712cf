"""`syncd rehearse`: both client areas in a throw-away folder, as they are and as they will be."""
