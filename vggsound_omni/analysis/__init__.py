"""What results say together: comparisons, power, agreement with listeners, and the audit of the metrics."""
