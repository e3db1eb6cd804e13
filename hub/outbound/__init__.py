"""Out to teams without Kafka: webhooks and notices by e-mail, with a receipt in the log for every attempt."""
