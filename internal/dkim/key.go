package dkim

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
)

// shortestRSA is how many bits a key has at least: RFC 8301 asks signers for 2048.
const shortestRSA = 2048

// Key is one key of a domain.
type Key struct {
	// Domain signs, d=; Selector tells its keys apart, s=. The public key stands in the DNS at
	// SELECTOR._domainkey.DOMAIN.
	Domain, Selector string
	// Private is an *rsa.PrivateKey or an ed25519.PrivateKey: what ParsePrivate returns.
	Private crypto.Signer
}

// ParsePrivate reads a private key in PEM: PKCS #8 (RSA and Ed25519) or PKCS #1 (RSA). Errors repeat nothing of it.
func ParsePrivate(text []byte) (crypto.Signer, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("read key: got no PEM, want -----BEGIN PRIVATE KEY-----")
	}
	var key any
	var err error
	switch block.Type {
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	default:
		return nil, fmt.Errorf("read key: got a PEM block %q, want a PRIVATE KEY without a password", block.Type)
	}
	if err != nil {
		return nil, errors.New("read key: got a PEM block that holds no key")
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("read key: got a %T, want an RSA or Ed25519 key", key)
	}
	if _, err := algorithm(signer); err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	return signer, nil
}

// algorithm is the value of a= for a key.
func algorithm(key crypto.Signer) (string, error) {
	switch key := key.(type) {
	case *rsa.PrivateKey:
		if bits := key.N.BitLen(); bits < shortestRSA {
			return "", fmt.Errorf("got an RSA key of %d bits, want at least %d (RFC 8301)", bits, shortestRSA)
		}
		return "rsa-sha256", nil
	case ed25519.PrivateKey:
		return "ed25519-sha256", nil
	default:
		return "", fmt.Errorf("got a key of type %T, want RSA or Ed25519", key)
	}
}

// Record is what the DNS has to say of the key: the name, and the text of its TXT record.
func (k Key) Record() (name, text string, err error) {
	name = k.Selector + "._domainkey." + k.Domain
	switch public := k.Private.Public().(type) {
	case *rsa.PublicKey:
		der, err := x509.MarshalPKIXPublicKey(public)
		if err != nil {
			return "", "", fmt.Errorf("write record of %s: %w", name, err)
		}
		return name, "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der), nil
	case ed25519.PublicKey:
		return name, "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public), nil
	default:
		return "", "", fmt.Errorf("write record of %s: got a key of type %T, want RSA or Ed25519", name, public)
	}
}
