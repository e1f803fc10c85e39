package lang

// BusinessDays writes a number of business days: 3 business days, 3営業日.
func BusinessDays(l Lang, n int) string { return Text(l, "time.business_days", Args{"N": n}) }
