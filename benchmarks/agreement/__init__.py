"""How far layer graphs agree with what runs of the real models showed."""
