// Package all is the one list of the systems that connections can lead to.
package all

import (
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/folder"
	"dataflow/ide-go-lib/connector/http"
	"dataflow/ide-go-lib/connector/imap"
	"dataflow/ide-go-lib/connector/kafka"
	"dataflow/ide-go-lib/connector/mongodb"
	"dataflow/ide-go-lib/connector/mqtt"
	"dataflow/ide-go-lib/connector/mysql"
	"dataflow/ide-go-lib/connector/nats"
	"dataflow/ide-go-lib/connector/nsq"
	"dataflow/ide-go-lib/connector/postgres"
	"dataflow/ide-go-lib/connector/redis"
	"dataflow/ide-go-lib/connector/s3"
	"dataflow/ide-go-lib/connector/sftp"
	"dataflow/ide-go-lib/connector/smtp"
	"dataflow/ide-go-lib/connector/sqlite"
)

// Types gives every system.
func Types() *connector.Registry {
	return connector.NewRegistry(
		postgres.Type(), mysql.Type(), sqlite.Type(), mongodb.Type(),
		redis.Type(), kafka.Type(), nats.Type(), mqtt.Type(), nsq.Type(),
		s3.Type(), sftp.Type(), folder.Type(), http.Type(),
		smtp.Type(), imap.Type(),
	)
}
