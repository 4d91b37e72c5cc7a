package connector

import (
	"crypto/tls"
	"crypto/x509"

	"dataflow/ide-go-lib/errs"
)

// TLS are the fields that say how a connection is protected.
type TLS struct {
	Mode string `json:"tls" title:"TLS" zh:"TLS" enum:"verify,encrypt,off" default:"verify" doc:"verify: encrypted, and the server's certificate is checked. encrypt: encrypted, whoever answers. off: readable by all in between" doc_zh:"verify：加密并校验服务器证书；encrypt：仅加密，不校验对方身份；off：不加密，途经网络可见"`
	CA   string `json:"ca,omitempty" when:"tls=verify" title:"Authority's certificate" zh:"CA 证书" more:"true" widget:"textarea" doc:"PEM; for servers whose certificate is signed by an authority of your own" doc_zh:"PEM 格式；服务器证书由自建 CA 签发时填写"`
}

// Client gives the settings of a client; nil is without TLS.
func (t TLS) Client(host string) (*tls.Config, error) {
	if t.Mode == "off" {
		return nil, nil //nolint:nilnil // nil means something: no TLS
	}
	c := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if t.Mode == "encrypt" {
		c.InsecureSkipVerify = true // who asks for encryption alone says so
		return c, nil
	}
	if t.CA != "" {
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM([]byte(t.CA)) {
			return nil, Invalid([]errs.Detail{{Code: "bad_certificate", Message: "This is no certificate in PEM form (-----BEGIN CERTIFICATE-----).", Place: errs.Place{Field: "with.ca"}}})
		}
	}
	return c, nil
}
