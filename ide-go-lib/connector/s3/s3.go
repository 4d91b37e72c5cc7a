// Package s3 connects to Amazon S3 and to what speaks its protocol: MinIO, Ceph, Garage, R2 and others.
package s3

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/minio/minio-go/v7/pkg/s3utils"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/egress"
	"dataflow/ide-go-lib/secret"
)

// Config is how a bucket is reached.
type Config struct {
	Host      string      `json:"host" title:"Host" zh:"主机" required:"true" example:"s3.eu-central-1.amazonaws.com" doc:"Name or address of the server, without the bucket" doc_zh:"服务器的名称或地址，不含存储桶"`
	Port      int         `json:"port" title:"Port" zh:"端口" default:"443" minimum:"1" maximum:"65535"`
	Bucket    string      `json:"bucket" title:"Bucket" zh:"存储桶" required:"true" example:"reports"`
	Folder    string      `json:"folder,omitempty" title:"Folder" zh:"文件夹" example:"sales/2026" doc:"All names are within it; left empty, the whole bucket" doc_zh:"所有名称都相对于该文件夹；留空为整个存储桶"`
	Region    string      `json:"region" title:"Region" zh:"区域" default:"us-east-1" example:"eu-central-1" doc:"As the server calls it; most that are not Amazon's take any" doc_zh:"服务器所用的区域名；亚马逊以外的服务器大多不检查"`
	AccessKey string      `json:"access_key,omitempty" title:"Access key" zh:"访问密钥" example:"AKIAIOSFODNN7EXAMPLE" doc:"Left empty, nobody in particular asks, as public buckets allow" doc_zh:"留空则匿名访问，适用于公开的存储桶"`
	SecretKey secret.Text `json:"secret_key,omitempty" title:"Secret key" zh:"私有密钥" widget:"sealed"`
	// SessionToken comes with temporary keys.
	SessionToken secret.Text `json:"session_token,omitempty" title:"Session token" zh:"会话令牌" more:"true" widget:"sealed" doc:"Of temporary keys, which end after some hours; left empty for keys that stay" doc_zh:"用于几小时后失效的临时密钥；长期密钥请留空"`
	Address      string      `json:"address" title:"Bucket in the address" zh:"存储桶寻址方式" more:"true" enum:"auto,path,host" default:"auto" doc:"path: https://host/bucket. host: https://bucket.host. auto: host at Amazon, path elsewhere" doc_zh:"path：https://host/bucket；host：https://bucket.host；auto：亚马逊用 host，其他用 path"`
	connector.TLS
	connector.Reach
}

// Type is the type s3.
func Type() connector.Type {
	return connector.Define(connector.Type{
		Name: "s3", Icon: "bucket", Offers: []connector.Offer{connector.OffersObjects},
		Title:   connector.Text{EN: "S3", ZH: "S3"},
		Summary: connector.Text{EN: "A bucket of Amazon S3, or of a server that speaks its protocol.", ZH: "Amazon S3 的存储桶，或兼容其协议的服务器。"},
	},
		func(c Config) string {
			return strings.TrimSuffix(connector.Address("", c.Host, c.Port)+"/"+c.Bucket+"/"+c.Folder, "/")
		},
		func(_ context.Context, w connector.World, c Config) (*conn, error) { return open(w, c) })
}

// attempts is how often a request is made that a server could not take at once.
const attempts = 4

type conn struct {
	cfg    Config
	prefix string // of all names, with / at its end, or empty
	core   minio.Core
	http   *http.Transport
	heard  *heard
}

// heard remembers of which kind the last answer was: the client takes a page for people as a list of nothing.
type heard struct {
	next http.RoundTripper
	kind string
}

func (h *heard) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := h.next.RoundTrip(req)
	if err == nil {
		h.kind = resp.Header.Get("Content-Type")
	}
	return resp, err
}

// open makes ready; nobody is asked before something is wanted, for the protocol has no connections.
func open(world connector.World, c Config) (*conn, error) {
	folder := strings.Trim(c.Folder, "/")
	if folder != "" {
		if _, err := connector.CleanName(folder); err != nil {
			return nil, connector.FieldInvalid("folder", "The folder %q is not the name of one, such as sales/2026.", c.Folder)
		}
		folder += "/"
	}
	if err := s3utils.CheckValidBucketNameStrict(c.Bucket); err != nil {
		return nil, connector.FieldInvalid("bucket", "%q is not the name of a bucket: it has 3 to 63 lower-case letters, digits, dots and hyphens.", c.Bucket)
	}
	if (c.AccessKey == "") != (c.SecretKey == "") {
		return nil, connector.FieldInvalid("secret_key", "Give both an access key and a secret key, or none of them.")
	}
	if c.SessionToken != "" && c.AccessKey == "" {
		return nil, connector.FieldInvalid("session_token", "A session token goes with an access key and a secret key; give all three.")
	}
	security, err := c.Client(c.Host)
	if err != nil {
		return nil, err
	}
	if security != nil {
		security.ServerName = "" // it may have the bucket before it
	}
	client := egress.Client(world.Egress)
	transport, ok := client.Transport.(*http.Transport)
	if !ok {
		return nil, fmt.Errorf("configure S3: the client has no transport of its own")
	}
	transport.TLSClientConfig = security
	transport.DisableCompression = true // objects are given as they are
	dialer := egress.Dialer(world.Egress)
	dialer.Timeout = c.ConnectTime()
	transport.DialContext = dialer.DialContext
	transport.TLSHandshakeTimeout, transport.ResponseHeaderTimeout = dialer.Timeout, answerTime
	lookup := map[string]minio.BucketLookupType{"path": minio.BucketLookupPath, "host": minio.BucketLookupDNS}[c.Address]
	creds := credentials.NewStaticV4(c.AccessKey, c.SecretKey.Reveal(), c.SessionToken.Reveal())
	heard := &heard{next: transport}
	core, err := minio.NewCore(net.JoinHostPort(c.Host, strconv.Itoa(c.Port)), &minio.Options{
		Creds: creds, Secure: security != nil, Transport: heard, Region: c.Region, BucketLookup: lookup, MaxRetries: attempts,
	})
	if err != nil {
		return nil, connector.FieldInvalid("host", "%q is not the name or the address of a server: %v.", c.Host, err)
	}
	return &conn{cfg: c, prefix: folder, core: *core, http: transport, heard: heard}, nil
}

// answerTime is how long a server may take to begin an answer: to put the parts of an object together takes its time.
const answerTime = 5 * time.Minute

// Close implements io.Closer.
func (c *conn) Close() error {
	c.http.CloseIdleConnections()
	return nil
}

// Test implements connector.Conn. It lists, for a HEAD has no room for a reason.
func (c *conn) Test(ctx context.Context) (string, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	for o := range c.core.ListObjectsIter(ctx, c.cfg.Bucket, minio.ListObjectsOptions{Prefix: c.prefix, MaxKeys: 1}) {
		if o.Err != nil {
			return "", c.failed(ctx, o.Err, "")
		}
		break
	}
	if !strings.Contains(c.heard.kind, "xml") {
		return "", c.stranger(nil)
	}
	return fmt.Sprintf("S3, bucket %s", c.cfg.Bucket), nil
}

// Browse implements connector.Conn.
func (c *conn) Browse(ctx context.Context, at connector.Path) ([]connector.Entry, error) {
	if at.Table != "" {
		return nil, connector.FolderMissing(ctx, c, at)
	}
	prefix, there := "", at.Schema == ""
	if at.Schema != "" {
		folder, err := connector.CleanName(at.Schema)
		if err != nil {
			return nil, err
		}
		prefix = folder + "/"
	}
	var folders []string
	var objects []connector.Object
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	for o := range c.core.ListObjectsIter(ctx, c.cfg.Bucket, minio.ListObjectsOptions{Prefix: c.prefix + prefix}) {
		if o.Err != nil {
			return nil, c.failed(ctx, o.Err, "")
		}
		name := strings.TrimPrefix(o.Key, c.prefix)
		there = true
		if folder, is := strings.CutSuffix(name, "/"); is {
			if folder != at.Schema {
				folders = append(folders, folder)
			}
			continue
		}
		objects = append(objects, object(name, o))
		if len(folders)+len(objects) == connector.MostEntries {
			break
		}
	}
	if !there {
		if empty, err := c.isFolder(ctx, prefix); err != nil || !empty {
			return nil, cmp.Or(err, connector.FolderMissing(ctx, c, at))
		}
	}
	return connector.Level(folders, objects), nil
}

// isFolder says whether a folder is listed in the one around it, though nothing is below it: a server that keeps objects as
// files has folders of its own.
func (c *conn) isFolder(ctx context.Context, folder string) (bool, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	full := c.prefix + folder
	for o := range c.core.ListObjectsIter(ctx, c.cfg.Bucket, minio.ListObjectsOptions{Prefix: strings.TrimSuffix(full, "/")}) {
		if o.Err != nil {
			return false, c.failed(ctx, o.Err, "")
		}
		if o.Key >= full {
			return o.Key == full, nil
		}
	}
	return false, nil
}
